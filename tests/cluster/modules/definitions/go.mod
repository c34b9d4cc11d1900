module slipway.dev/tests/cluster/definitions

go 1.26.7

// None of these is compiled: their zips carry the definitions of custom resources, and the Gateway's chart.
require (
	github.com/aws/karpenter-provider-aws v1.14.1
	github.com/envoyproxy/gateway v1.9.1
	github.com/kedacore/keda/v2 v2.21.0
	github.com/prometheus-operator/prometheus-operator v0.85.0
	sigs.k8s.io/kwok v0.8.0
)
