package tree_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/acd-sdk/acd/tree"
)

const (
	saverFile  = "ACD_TEST_SAVE_TREE_TO"
	saverNodes = "ACD_TEST_SAVE_TREE_OF"
)

// Two processes save to one file again and again, and are killed while they do so. The file is
// always a complete tree of one of them.
func TestSaveSurvivesKills(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tree")
	sizes := []int{400, 800}
	for round := range 4 {
		var savers []*exec.Cmd
		for _, nodes := range sizes {
			savers = append(savers, startSaver(t, file, nodes, 1+round%3))
		}
		for range 2 {
			checkSaved(t, file, sizes)
		}
		for _, s := range savers {
			if err := s.Process.Kill(); err != nil {
				t.Error(err)
			}
			_ = s.Wait()
			checkSaved(t, file, sizes)
		}
	}
}

// startSaver starts a process that saves trees. It returns when the process has saved times trees.
func startSaver(t *testing.T, file string, nodes, times int) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestSaver$", "-test.count=1")
	cmd.Env = append(os.Environ(), saverFile+"="+file, saverNodes+"="+strconv.Itoa(nodes))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	for s := bufio.NewScanner(out); times > 0; {
		if !s.Scan() {
			t.Fatalf("the saver ended: %v", s.Err())
		}
		if s.Text() == "saved" {
			times--
		}
	}
	return cmd
}

func checkSaved(t *testing.T, file string, sizes []int) {
	t.Helper()
	tr, err := tree.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if tr.Len() != sizes[0] && tr.Len() != sizes[1] {
		t.Fatalf("%d nodes", tr.Len())
	}
	root, _ := tr.Root()
	if files, folders, _ := tr.Totals(root.ID); files+folders != tr.Len()-1 {
		t.Fatalf("%d of %d nodes are in the tree", files+folders, tr.Len())
	}
}

// TestSaver runs in the other process.
func TestSaver(t *testing.T) {
	file := os.Getenv(saverFile)
	if file == "" {
		t.Skip("runs as a process of TestSaveSurvivesKills")
	}
	nodes, err := strconv.Atoi(os.Getenv(saverNodes))
	if err != nil {
		t.Fatal(err)
	}
	tr := build(t, newFeed(nodes).lines(t))
	for {
		if err := tr.Save(file); err != nil {
			t.Fatal(err)
		}
		fmt.Println("saved") // until the process is killed, or nobody reads the output
	}
}
