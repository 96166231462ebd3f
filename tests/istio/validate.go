package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"gopkg.in/yaml.v3"

	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/config/schema/resource"
)

// judged is what Istio's validators say of one document of a file.
type judged struct {
	File     string `json:"file"`
	Document int    `json:"document"`
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	// Known is false of kinds that are not Istio's, such as a Secret: nothing is said of them.
	Known    bool     `json:"known"`
	Valid    bool     `json:"valid"`
	Error    string   `json:"error,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

type object struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name        string            `json:"name"`
		Namespace   string            `json:"namespace"`
		Labels      map[string]string `json:"labels"`
		Annotations map[string]string `json:"annotations"`
	} `json:"metadata"`
	Spec   json.RawMessage `json:"spec"`
	Status json.RawMessage `json:"status"`
}

// validateFiles reads each document of each file as the API server and istiod would: unknown fields are errors.
func validateFiles(files []string) error {
	if len(files) == 0 {
		return fmt.Errorf("validate wants files")
	}
	if err := quiet(); err != nil {
		return err
	}
	verdicts := []judged{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		decoder := yaml.NewDecoder(bytes.NewReader(text))
		for number := 1; ; number++ {
			var document any
			err := decoder.Decode(&document)
			if errors.Is(err, io.EOF) {
				break
			}
			verdict := judged{File: file, Document: number}
			if err != nil {
				verdict.Error = err.Error()
				verdicts = append(verdicts, verdict)
				break
			}
			if document == nil {
				continue
			}
			judge(document, &verdict)
			verdicts = append(verdicts, verdict)
		}
	}
	return print(verdicts)
}

func judge(document any, verdict *judged) {
	text, err := json.Marshal(document)
	if err != nil {
		verdict.Error = err.Error()
		return
	}
	var it object
	if err := json.Unmarshal(text, &it); err != nil {
		verdict.Error = err.Error()
		return
	}
	verdict.Kind, verdict.Name = it.Kind, it.Metadata.Name
	schema, known := schemaOf(it)
	if !known {
		verdict.Valid = isForeign(it.APIVersion)
		if !verdict.Valid {
			verdict.Error = fmt.Sprintf("Istio has no %s of %s", it.Kind, it.APIVersion)
		}
		return
	}
	verdict.Known = true
	if err := onlyKnownFields(document); err != nil {
		verdict.Error = err.Error()
		return
	}
	warnings, err := validateSpec(schema, it)
	if warnings != nil {
		verdict.Warnings = strings.Split(warnings.Error(), "\n")
	}
	if err != nil {
		verdict.Error = err.Error()
	}
	verdict.Valid = err == nil
}

func schemaOf(it object) (resource.Schema, bool) {
	group, version, _ := strings.Cut(it.APIVersion, "/")
	return collections.Pilot.FindByGroupVersionAliasesKind(
		config.GroupVersionKind{Group: group, Version: version, Kind: it.Kind})
}

func isForeign(apiVersion string) bool {
	group, _, _ := strings.Cut(apiVersion, "/")
	return !strings.HasSuffix(group, "istio.io")
}

func onlyKnownFields(document any) error {
	fields, isObject := document.(map[string]any)
	if !isObject {
		return fmt.Errorf("the document is no object")
	}
	for name := range fields {
		switch name {
		case "apiVersion", "kind", "metadata", "spec", "status":
		default:
			return fmt.Errorf("unknown field %q beside spec", name)
		}
	}
	return nil
}

func validateSpec(schema resource.Schema, it object) (error, error) {
	spec, err := schema.NewInstance()
	if err != nil {
		return nil, err
	}
	if len(it.Spec) > 0 {
		if err := config.ApplyJSONStrict(spec, string(it.Spec)); err != nil {
			return nil, err
		}
	}
	namespace := it.Metadata.Namespace
	if namespace == "" {
		namespace = "default"
	}
	return schema.ValidateConfig(config.Config{
		Meta: config.Meta{
			GroupVersionKind: schema.GroupVersionKind(),
			Name:             it.Metadata.Name,
			Namespace:        namespace,
			Labels:           it.Metadata.Labels,
			Annotations:      it.Metadata.Annotations,
		},
		Spec: spec,
	})
}
