// One binary with every part of Kubernetes that the tests run, because Kubernetes can be had everywhere as Go modules
// but not as ready-made binaries. The first argument names the part: kubernetes kube-apiserver --etcd-servers=…
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
	_ "time/tzdata" // CronJobs name time zones

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

// Each part is its upstream main; os.Args[0] is the part's own name by then.
var parts = map[string]func(){
	"etcd":                    func() { etcdmain.Main(os.Args) },
	"kube-apiserver":          func() { serve(apiserver.NewAPIServerCommand()) },
	"kube-controller-manager": func() { serve(controllermanager.NewControllerManagerCommand()) },
	"kube-scheduler":          func() { serve(scheduler.NewSchedulerCommand()) },
	"kubelet":                 func() { serve(kubelet.NewKubeletCommand(context.Background())) },
	"kube-proxy":              func() { serve(proxy.NewProxyCommand()) },
	"kubectl":                 runKubectl,
}

func main() {
	if len(os.Args) < 2 || parts[os.Args[1]] == nil {
		names := []string{}
		for name := range parts {
			names = append(names, name)
		}
		sort.Strings(names)
		fmt.Fprintf(os.Stderr, "usage: %s <part> [flags]; the parts are %s\n", os.Args[0], strings.Join(names, ", "))
		os.Exit(64)
	}
	os.Args = os.Args[1:]
	if os.Getenv("DVC_INJECTOR_LIFELINE") != "" {
		go exitWithStdin()
	}
	parts[os.Args[0]]()
}

func serve(command *cobra.Command) {
	os.Exit(cli.Run(command))
}

func runKubectl() {
	logs.GlogSetter(kubectl.GetLogVerbosity(os.Args)) // upstream: before the command is made, which may log
	if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
		kubectlutil.CheckErr(err)
	}
}

// The test process holds the other end of stdin. However it ends, SIGKILL included, the kernel closes that end; no
// signal handler of the test could do as much. DVC_INJECTOR_LIFELINE_FOLDER names what is to be deleted then.
func exitWithStdin() {
	io.Copy(io.Discard, os.Stdin)
	if folder := os.Getenv("DVC_INJECTOR_LIFELINE_FOLDER"); folder != "" {
		os.RemoveAll(folder)
	}
	os.Exit(1)
}
