module github.com/acd-sdk/acd/benchmarks

go 1.26.0

require (
	github.com/acd-sdk/acd v0.0.0
	github.com/minio/md5-simd v1.1.2
	github.com/rclone/rclone v1.64.2
)

require (
	github.com/klauspost/cpuid/v2 v2.2.4 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace github.com/acd-sdk/acd => ../
