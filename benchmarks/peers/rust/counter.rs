use proxy_wasm::traits::*;
use proxy_wasm::types::*;

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

impl Stream {
    fn count(&self) -> u64 {
        loop {
            let (value, version) = self.get_shared_data("bench.requests");
            let before = value.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes);
            let count = before + 1;
            // Any version but 0 writes a key that is not there, and no other.
            let version = version.unwrap_or(u32::MAX);
            if self.set_shared_data("bench.requests", Some(&count.to_le_bytes()), Some(version)).is_ok() {
                return count;
            }
        }
    }
}

impl Context for Stream {}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        self.set_http_request_header("x-count", Some(&self.count().to_string()));
        Action::Continue
    }
}
