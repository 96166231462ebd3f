package main

import (
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

type stream struct{ types.DefaultHttpContext }

func (*stream) OnHttpRequestHeaders(int, bool) types.Action {
	headers := [][2]string{{":method", "GET"}, {":path", "/check"}, {":authority", "service"}}
	_, err := proxywasm.DispatchHttpCall("service", headers, nil, nil, 1000, func(int, int, int) {
		status := "failed"
		if headers, err := proxywasm.GetHttpCallResponseHeaders(); err == nil {
			for _, field := range headers {
				if field[0] == ":status" {
					status = field[1]
				}
			}
		}
		_ = proxywasm.ReplaceHttpRequestHeader("x-call", status)
		_ = proxywasm.ResumeHttpRequest()
	})
	if err == nil {
		return types.ActionPause
	}
	_ = proxywasm.ReplaceHttpRequestHeader("x-call", "failed")
	return types.ActionContinue
}
