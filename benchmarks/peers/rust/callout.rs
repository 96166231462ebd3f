use proxy_wasm::traits::*;
use proxy_wasm::types::*;
use std::time::Duration;

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| Box::new(Root));
}}

struct Root;

impl Context for Root {}

impl RootContext for Root {
    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Stream))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

struct Stream;

impl Context for Stream {
    fn on_http_call_response(&mut self, _: u32, _: usize, _: usize, _: usize) {
        let status = self.get_http_call_response_header(":status");
        self.set_http_request_header("x-call", Some(status.as_deref().unwrap_or("failed")));
        self.resume_http_request();
    }
}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        let headers = vec![(":method", "GET"), (":path", "/check"), (":authority", "service")];
        if self.dispatch_http_call("service", headers, None, vec![], Duration::from_secs(1)).is_ok() {
            return Action::Pause;
        }
        self.set_http_request_header("x-call", Some("failed"));
        Action::Continue
    }
}
