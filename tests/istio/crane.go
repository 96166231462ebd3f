package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// serve is crane's registry, `crane registry serve`, in memory: it says its address in one line of JSON and ends when
// stdin does.
func serve() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(map[string]string{"address": listener.Addr().String()}); err != nil {
		return err
	}
	go func() {
		_, _ = os.Stdin.Read(make([]byte, 1))
		os.Exit(0)
	}()
	return http.Serve(listener, registry.New(registry.Logger(log.New(os.Stderr, "", 0))))
}

// read is what crane makes of an image on the disk.
type read struct {
	// Digest is that of the manifest that crane would push.
	Digest string `json:"digest"`
	Layers int    `json:"layers"`
	// Error is what `crane validate` says: sizes, digests, and the files of the layers beside the configuration.
	Error string `json:"error,omitempty"`
}

// craneReads opens a tar as `crane push` does, or a folder with an OCI layout; with a reference it pushes it there.
func craneReads(words []string) error {
	if len(words) != 1 && len(words) != 2 {
		return fmt.Errorf("crane wants a tar or a folder, and may have a reference to push to")
	}
	image, err := load(words[0])
	if err != nil {
		return print(read{Error: err.Error()})
	}
	digest, err := image.Digest()
	if err != nil {
		return print(read{Error: err.Error()})
	}
	layers, err := image.Layers()
	if err != nil {
		return print(read{Error: err.Error()})
	}
	verdict := read{Digest: digest.String(), Layers: len(layers)}
	if err := validate.Image(image); err != nil {
		verdict.Error = err.Error()
	}
	if len(words) == 2 {
		if err := crane.Push(image, words[1], crane.Insecure); err != nil {
			return err
		}
	}
	return print(verdict)
}

func load(path string) (v1.Image, error) {
	stat, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !stat.IsDir() {
		return crane.Load(path)
	}
	index, err := layout.ImageIndexFromPath(path)
	if err != nil {
		return nil, err
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	if len(manifest.Manifests) != 1 {
		return nil, fmt.Errorf("%d entries in the layout", len(manifest.Manifests))
	}
	return index.Image(manifest.Manifests[0].Digest)
}
