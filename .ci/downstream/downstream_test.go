package downstream

import (
	"strings"
	"testing"

	"github.com/acd-sdk/acd/mocks"
)

func TestUpload(t *testing.T) {
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	n, err := client.Content.Upload(t.Context(), drive.RootID(), "hello.txt", strings.NewReader("hello"))
	if err != nil || n.Size() != 5 {
		t.Fatalf("%+v, %v", n, err)
	}
}
