package main

import (
	"context"
	"fmt"

	"github.com/acd-sdk/acd"
)

// walk measures a walk through folders that are as deep as people's are: some at the top, the others in them.
func walk(s settings) ([]row, error) {
	top, inEach, files := 40, 49, 49 // 2,000 folders, 100,000 nodes
	if s.quick {
		top, inEach, files = 8, 9, 9
	}
	service, err := newSlowService()
	if err != nil {
		return nil, err
	}
	defer service.Close()
	nodes := 0
	fill := func(folder string) error {
		for i := range files {
			if _, err := service.drive.WriteFile(fmt.Sprintf("%s/file %02d.txt", folder, i), []byte(folder)); err != nil {
				return err
			}
		}
		nodes += 1 + files
		return nil
	}
	for i := range top {
		name := fmt.Sprintf("tree/folder %02d", i)
		if err := fill(name); err != nil {
			return nil, err
		}
		for j := range inEach {
			if err := fill(fmt.Sprintf("%s/folder %02d", name, j)); err != nil {
				return nil, err
			}
		}
	}
	from, _ := service.drive.Lookup("tree")
	seconds, requests, err := service.counted(func() error {
		walked := 0
		for _, err := range service.client.Nodes.Walk(context.Background(), from, acd.WalkOptions{Workers: workers}) {
			if err != nil {
				return err
			}
			walked++
		}
		if walked != nodes {
			return fmt.Errorf("the walk saw %d of %d nodes", walked, nodes)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	folders := top * (1 + inEach)
	return []row{
		inIdealTime(fmt.Sprintf("walk of %d nodes in %d folders: seconds", nodes, folders), seconds, requests),
		limit("walk: requests a folder", "one", fmt.Sprintf("%d in %.1f s", requests, seconds), float64(requests)/float64(folders), 1.05),
	}, nil
}
