package main

import (
	"encoding/json"

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

func (*stream) OnHttpRequestHeaders(_ int, endOfStream bool) types.Action {
	if !endOfStream {
		return types.ActionPause
	}
	_ = proxywasm.ReplaceHttpRequestHeader("x-user-name", "invalid")
	return types.ActionContinue
}

func (*stream) OnHttpRequestBody(size int, endOfStream bool) types.Action {
	if !endOfStream {
		return types.ActionPause
	}
	var document struct {
		User struct {
			Name *string `json:"name"`
		} `json:"user"`
	}
	name := "invalid"
	body, _ := proxywasm.GetHttpRequestBody(0, size)
	if json.Unmarshal(body, &document) == nil && document.User.Name != nil {
		name = *document.User.Name
	}
	_ = proxywasm.ReplaceHttpRequestHeader("x-user-name", name)
	return types.ActionContinue
}
