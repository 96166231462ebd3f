// Command judge says what Istio itself makes of an image and of a manifest, by Istio's own packages,
// and what crane makes of an image, by crane's.
//
//	judge fetch [--sha256 HEX] [--pull-secret FILE] [--output FILE] URL
//	judge validate FILE...
//	judge crane TAR|FOLDER [REFERENCE]
//	judge registry
//
// It prints JSON and ends with 0 whatever the verdict is; with 2 when it was not used in the right way.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func run(words []string) error {
	if len(words) == 0 {
		return fmt.Errorf("judge fetch URL, judge validate FILE..., judge crane TAR|FOLDER [REFERENCE], or judge registry")
	}
	switch words[0] {
	case "fetch":
		return fetch(words[1:])
	case "validate":
		return validateFiles(words[1:])
	case "crane":
		return craneReads(words[1:])
	case "registry":
		return serve()
	}
	return fmt.Errorf("there is no command %s: fetch, validate, crane and registry are known", words[0])
}

func print(verdict any) error {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(verdict)
}
