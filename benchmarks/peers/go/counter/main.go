package main

import (
	"encoding/binary"
	"errors"
	"math"
	"strconv"

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

func count() uint64 {
	for {
		// Any version but 0 writes a key that is not there, and no other.
		var before uint64
		value, version, err := proxywasm.GetSharedData("bench.requests")
		if errors.Is(err, types.ErrorStatusNotFound) {
			version = math.MaxUint32
		} else if len(value) == 8 {
			before = binary.LittleEndian.Uint64(value)
		}
		next := binary.LittleEndian.AppendUint64(nil, before+1)
		if proxywasm.SetSharedData("bench.requests", next, version) == nil {
			return before + 1
		}
	}
}

func (*stream) OnHttpRequestHeaders(int, bool) types.Action {
	_ = proxywasm.ReplaceHttpRequestHeader("x-count", strconv.FormatUint(count(), 10))
	return types.ActionContinue
}
