package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// walk measures a walk through a tree of usual depth: some folders at the top, and the others
// inside of them.
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
	for i := range top {
		name := fmt.Sprintf("tree/folder %02d", i)
		if err := fill(service.drive, name, files); err != nil {
			return nil, err
		}
		for j := range inEach {
			if err := fill(service.drive, fmt.Sprintf("%s/folder %02d", name, j), files); err != nil {
				return nil, err
			}
		}
	}
	folders := top * (1 + inEach)
	nodes := folders * (1 + files)
	from, _ := service.drive.Lookup("tree")
	rounds := min(s.rounds(), 2)
	took, err := s.interleave(rounds, work{"walk", func() error {
		walked := 0
		for _, err := range service.client.Nodes.Walk(context.Background(), from, acd.WalkOptions{Workers: workers}) {
			if err != nil {
				return err
			}
			walked++
		}
		if walked != nodes {
			return fmt.Errorf("%d of %d nodes", walked, nodes)
		}
		return nil
	}})
	if err != nil {
		return nil, err
	}
	seconds, requests := slices.Min(took["walk"]), service.drive.Counters().Requests/rounds
	return []row{
		inIdealTime(fmt.Sprintf("walk of %d nodes in %d folders: seconds", nodes, folders), seconds, requests),
		limit("walk: requests a folder", "one", fmt.Sprintf("%d in %.1f s", requests, seconds), float64(requests)/float64(folders), 1.05),
	}, nil
}

// fill puts the given number of files into a folder.
func fill(drive *mocks.Drive, folder string, files int) error {
	for i := range files {
		if _, err := drive.WriteFile(fmt.Sprintf("%s/file %02d.txt", folder, i), []byte(folder)); err != nil {
			return err
		}
	}
	return nil
}
