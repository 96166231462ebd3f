use proxy_wasm::traits::*;
use proxy_wasm::types::*;

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| Box::new(Root));
}}

struct Root;

impl Context for Root {}

impl RootContext for Root {
    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Stream::default()))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

#[derive(Default)]
struct Stream {
    path: String,
}

impl Context for Stream {}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        for (name, value) in self.get_http_request_headers() {
            if name.starts_with("x-internal-") {
                self.remove_http_request_header(&name);
            } else if name == "x-tenant" {
                self.set_http_request_header("x-forwarded-tenant", Some(&format!("t-{value}")));
            } else if name == ":path" {
                self.path = value;
            }
        }
        if let Some(rest) = self.path.strip_prefix("/v1/") {
            self.set_http_request_header(":path", Some(&format!("/api/{rest}")));
        }
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        self.set_http_response_header("x-path", Some(&self.path));
        Action::Continue
    }
}
