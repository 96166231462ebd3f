use base64::prelude::*;
use proxy_wasm::traits::*;
use proxy_wasm::types::*;
use serde::Deserialize;
use std::rc::Rc;

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| Box::new(Root::default()));
}}

#[derive(Deserialize)]
struct User {
    name: String,
    password: String,
}

#[derive(Default, Deserialize)]
struct Config {
    users: Vec<User>,
}

#[derive(Default)]
struct Root {
    config: Rc<Config>,
}

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _: usize) -> bool {
        let Some(text) = self.get_plugin_configuration() else {
            return false;
        };
        let Ok(config) = serde_json::from_slice(&text) else {
            return false;
        };
        self.config = Rc::new(config);
        true
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Stream { config: self.config.clone() }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

struct Stream {
    config: Rc<Config>,
}

impl Stream {
    fn user_in(&self, field: &str) -> Option<&User> {
        let pair = BASE64_STANDARD.decode(field.strip_prefix("Basic ")?).ok()?;
        let pair = String::from_utf8(pair).ok()?;
        let (name, password) = pair.split_once(':')?;
        self.config.users.iter().find(|user| user.name == name && user.password == password)
    }
}

impl Context for Stream {}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        let field = self.get_http_request_header("authorization");
        let Some(user) = field.as_deref().and_then(|field| self.user_in(field)) else {
            let challenge = ("www-authenticate", "Basic realm=\"bench\"");
            self.send_http_response(401, vec![challenge], Some(b"unauthorized"));
            return Action::Pause;
        };
        self.set_http_request_header("x-user", Some(&user.name));
        Action::Continue
    }
}
