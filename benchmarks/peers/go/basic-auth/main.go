package main

import (
	"encoding/base64"
	"encoding/json"
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

type user struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

type plugin struct {
	types.DefaultPluginContext
	Users []user `json:"users"`
}

func (p *plugin) OnPluginStart(int) types.OnPluginStartStatus {
	text, err := proxywasm.GetPluginConfiguration()
	if err != nil || json.Unmarshal(text, p) != nil {
		return types.OnPluginStartStatusFailed
	}
	return types.OnPluginStartStatusOK
}

func (p *plugin) NewHttpContext(uint32) types.HttpContext { return &stream{plugin: p} }

// The user whom the field names with the right password; an empty text for any other field.
func (p *plugin) userIn(field string) string {
	text, found := strings.CutPrefix(field, "Basic ")
	if !found {
		return ""
	}
	pair, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return ""
	}
	name, password, _ := strings.Cut(string(pair), ":")
	for _, user := range p.Users {
		if user.Name == name && user.Password == password {
			return name
		}
	}
	return ""
}

type stream struct {
	types.DefaultHttpContext
	plugin *plugin
}

func (s *stream) OnHttpRequestHeaders(int, bool) types.Action {
	field, _ := proxywasm.GetHttpRequestHeader("authorization")
	user := s.plugin.userIn(field)
	if user == "" {
		challenge := [][2]string{{"www-authenticate", `Basic realm="bench"`}}
		_ = proxywasm.SendHttpResponse(401, challenge, []byte("unauthorized"), -1)
		return types.ActionPause
	}
	_ = proxywasm.ReplaceHttpRequestHeader("x-user", user)
	return types.ActionContinue
}
