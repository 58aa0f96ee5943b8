package main

import (
	"bytes"
	"fmt"
	"runtime"
)

// on returns a function that runs f with the given number of processors.
func on(processors int, f func() error) func() error {
	return func() error {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		return f()
	}
}

// processors measures how much a second processor gains. A lock that all files share would show
// here. With one processor, the service and the client share it.
func processors(s settings) ([]row, error) {
	pages := 50
	if s.quick {
		pages = 5
	}
	list, err := newListingService(pages)
	if err != nil {
		return nil, err
	}
	defer list.Close()
	one, err := newContentService(s.size(), 0)
	if err != nil {
		return nil, err
	}
	defer one.Close()
	eighth, err := newContentService(s.size()/8, 0)
	if err != nil {
		return nil, err
	}
	defer eighth.Close()
	var works []work
	for _, p := range []int{1, 2} {
		for _, w := range []work{
			{"list and decode, a node", list.listOurs},
			{"go-acd, a third of the fields", list.listTheirs},
			{"MD5 alone", one.hashAlone},
			{"upload, verified, from memory", func() error { return one.upload(bytes.NewReader(one.content)) }},
			{"download, verified, one stream", func() error { return one.open() }},
			{"8 files at once, verified", eightAtOnce(func() error { return eighth.upload(bytes.NewReader(eighth.content)) })},
		} {
			works = append(works, work{fmt.Sprintf("%s, GOMAXPROCS %d", w.name, p), on(p, w.run)})
		}
	}
	took, err := s.interleave(s.rounds(), works...)
	if err != nil {
		return nil, err
	}
	node, rate := perThing(pages*pageSize), perSecond(s.size())
	var rows []row
	for _, p := range []string{", GOMAXPROCS 1", ", GOMAXPROCS 2"} {
		rows = append(rows,
			took.compare("list and decode, a node"+p, "go-acd, a third of the fields"+p, node, 3.5),
			took.compare("upload, verified, from memory"+p, "MD5 alone"+p, rate, 0),
			took.compare("download, verified, one stream"+p, "MD5 alone"+p, rate, 0),
			took.compare("8 files at once, verified"+p, "MD5 alone"+p, rate, 0))
	}
	return append(rows, took.compare("8 files at once, verified, GOMAXPROCS 2", "8 files at once, verified, GOMAXPROCS 1", rate, 0)), nil
}
