module github.com/acd-sdk/acd/benchmarks

go 1.26.0

require (
	github.com/acd-sdk/acd v0.0.0
	github.com/minio/md5-simd v1.1.2
	github.com/ncw/go-acd v0.0.0-20201019170801-fe55f33415b1
	github.com/rclone/rclone v1.64.2
	golang.org/x/oauth2 v0.37.0
)

require (
	github.com/gofrs/flock v0.13.2 // indirect
	github.com/google/go-querystring v1.1.0 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.8 // indirect
	github.com/klauspost/cpuid/v2 v2.2.4 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	golang.org/x/time v0.16.0 // indirect
)

replace github.com/acd-sdk/acd => ../
