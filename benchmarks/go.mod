module github.com/acd-sdk/acd/benchmarks

go 1.26.0

require (
	github.com/acd-sdk/acd v0.0.0
	github.com/rclone/rclone v1.64.2
)

replace github.com/acd-sdk/acd => ../
