// Command judge says what Istio itself makes of an image and of a manifest, by Istio's own packages.
//
//	judge fetch [--sha256 HEX] [--pull-secret FILE] [--output FILE] URL
//	judge validate FILE...
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
		return fmt.Errorf("judge fetch URL, or judge validate FILE...")
	}
	switch words[0] {
	case "fetch":
		return fetch(words[1:])
	case "validate":
		return validate(words[1:])
	}
	return fmt.Errorf("there is no command %s: fetch and validate are known", words[0])
}

func print(verdict any) error {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(verdict)
}
