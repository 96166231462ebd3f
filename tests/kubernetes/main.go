// Kubernetes without a cluster: etcd, the API server of custom resources, and kubectl, in one program. The API server has
// no pods, no namespaces and no rights: what needs them is played by the tests.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/pflag"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/apiextensions-apiserver/pkg/cmd/server"
	"k8s.io/apiextensions-apiserver/pkg/cmd/server/options"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
)

func main() {
	program, words := "", []string{}
	if len(os.Args) > 1 {
		program, words = os.Args[1], os.Args[2:]
	}
	os.Args = append([]string{program}, words...)
	switch program {
	case "etcd":
		etcdmain.Main(os.Args)
	case "apiserver":
		serve(words)
	case "kubectl":
		os.Exit(cli.Run(cmd.NewDefaultKubectlCommand()))
	default:
		fmt.Fprintln(os.Stderr, "name one of etcd, apiserver, kubectl")
		os.Exit(2)
	}
}

// The server's own command, without the parts that ask another API server who somebody is, and what they may do.
func serve(words []string) {
	o := options.NewCustomResourceDefinitionsServerOptions(os.Stdout, os.Stderr)
	o.RecommendedOptions.Authentication = nil
	o.RecommendedOptions.Authorization = nil
	o.RecommendedOptions.Admission = nil
	flags := pflag.NewFlagSet("apiserver", pflag.ExitOnError)
	o.AddFlags(flags)
	for _, step := range []func() error{
		func() error { return flags.Parse(words) },
		func() error { return o.ServerRunOptions.ComponentGlobalsRegistry.Set() },
		o.Complete,
		func() error { return server.Run(genericapiserver.SetupSignalContext(), o) },
	} {
		if err := step(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
