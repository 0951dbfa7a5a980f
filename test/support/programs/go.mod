// The benchmark's own programs: a slow volume, the servers that count, and the plain copy that is the floor.
module dvc-injector/test/bench

go 1.25.0

require (
	github.com/hanwen/go-fuse/v2 v2.12.1
	golang.org/x/sys v0.28.0
)

require (
	github.com/aws/aws-sdk-go-v2 v1.45.1
	github.com/aws/smithy-go v1.28.1 // indirect
)
