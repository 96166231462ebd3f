package main

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"time"

	"istio.io/istio/pkg/log"
	"istio.io/istio/pkg/wasm"
)

// fetched is what the cache of an Istio proxy made of an image, or of a module behind an http URL.
type fetched struct {
	URL      string `json:"url"`
	Accepted bool   `json:"accepted"`
	// Error is what the proxy would log.
	Error string `json:"error,omitempty"`
	// Sha256 and Bytes are the module's that came out of the image.
	Sha256 string `json:"sha256,omitempty"`
	Bytes  int    `json:"bytes,omitempty"`
}

// fetch pulls a module as the Istio agent in a proxy does: through the cache, which is empty at its start.
func fetch(words []string) error {
	flags := flag.NewFlagSet("fetch", flag.ContinueOnError)
	checksum := flags.String("sha256", "", "what spec.sha256 of the WasmPlugin would say")
	secretFile := flags.String("pull-secret", "", "a file with what a kubernetes.io/dockerconfigjson secret holds")
	output := flags.String("output", "", "where the module is written")
	if err := flags.Parse(words); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return fmt.Errorf("fetch wants one URL")
	}
	if err := quiet(); err != nil {
		return err
	}
	url := flags.Arg(0)
	folder, err := os.MkdirTemp("", "judge-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	options := wasm.GetOptions{
		Checksum:        *checksum,
		ResourceName:    "judge",
		ResourceVersion: "1",
		RequestTimeout:  30 * time.Second,
	}
	if *secretFile != "" {
		if options.PullSecret, err = os.ReadFile(*secretFile); err != nil {
			return err
		}
	}
	cache := wasm.NewLocalFileCache(folder, wasm.Options{
		PurgeInterval:         wasm.DefaultPurgeInterval,
		ModuleExpiry:          wasm.DefaultModuleExpiry,
		HTTPRequestTimeout:    wasm.DefaultHTTPRequestTimeout,
		HTTPRequestMaxRetries: wasm.DefaultHTTPRequestMaxRetries,
	})
	defer cache.Cleanup()
	path, err := cache.Get(url, options)
	if err != nil {
		return print(fetched{URL: url, Error: err.Error()})
	}
	module, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if *output != "" {
		if err := os.WriteFile(*output, module, 0o644); err != nil {
			return err
		}
	}
	sum := sha256.Sum256(module)
	return print(fetched{URL: url, Accepted: true, Sha256: hex.EncodeToString(sum[:]), Bytes: len(module)})
}

// quiet keeps Istio's log off stdout, where the verdict goes.
func quiet() error {
	options := log.DefaultOptions()
	options.OutputPaths = []string{"stderr"}
	return log.Configure(options)
}
