package main

import (
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() {
	proxywasm.SetVMContext(&vm{})
}

type vm struct{ types.DefaultVMContext }

func (*vm) NewPluginContext(uint32) types.PluginContext { return &plugin{} }

type plugin struct{ types.DefaultPluginContext }

func (*plugin) NewHttpContext(uint32) types.HttpContext { return &stream{} }

type stream struct {
	types.DefaultHttpContext
	path string
}

func (s *stream) OnHttpRequestHeaders(int, bool) types.Action {
	headers, _ := proxywasm.GetHttpRequestHeaders()
	for _, field := range headers {
		name, value := field[0], field[1]
		if strings.HasPrefix(name, "x-internal-") {
			_ = proxywasm.RemoveHttpRequestHeader(name)
		} else if name == "x-tenant" {
			_ = proxywasm.ReplaceHttpRequestHeader("x-forwarded-tenant", "t-"+value)
		} else if name == ":path" {
			s.path = value
		}
	}
	if rest, found := strings.CutPrefix(s.path, "/v1/"); found {
		_ = proxywasm.ReplaceHttpRequestHeader(":path", "/api/"+rest)
	}
	return types.ActionContinue
}

func (s *stream) OnHttpResponseHeaders(int, bool) types.Action {
	_ = proxywasm.ReplaceHttpResponseHeader("x-path", s.path)
	return types.ActionContinue
}
