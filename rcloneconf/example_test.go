package rcloneconf_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/acd-sdk/acd/rcloneconf"
)

func ExampleLoad() {
	dir, err := os.MkdirTemp("", "acd-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "rclone.conf") // a real program passes "" for rclone's own file
	_ = os.WriteFile(file, []byte(`[acd]
type = amazon cloud drive
client_id = amzn1.application-oa2-client.1234
client_secret = hush
templink_threshold = 8Gi
`), 0o600)

	remote, err := rcloneconf.Load(file, "acd:")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(remote.Config.ClientID, remote.Config.ClientSecret)
	fmt.Println(remote.TempLinkThreshold>>30, remote.UploadWaitPerGiB, remote.Encoding)
	// Output:
	// amzn1.application-oa2-client.1234 [redacted]
	// 8 3m0s Slash,InvalidUtf8,Dot
}
