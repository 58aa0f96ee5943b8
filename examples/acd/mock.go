package main

import (
	"time"

	"github.com/acd-sdk/acd/mocks"
)

// builtIn returns the drive of mock:. It has an example of each case: folders, files, two files
// with the same content, a name that no local system allows.
func builtIn() (*mocks.Drive, error) {
	clock := time.Date(2016, 5, 4, 3, 2, 1, 0, time.UTC)
	seeding := true
	drive := mocks.NewDrive(mocks.WithSeed(1), mocks.WithClock(func() time.Time {
		if seeding {
			return clock
		}
		return time.Now()
	}))
	for _, file := range []struct{ path, content string }{
		{"Documents/letter.txt", "Dear reader,\nthis drive is in memory.\n"},
		{"Documents/Taxes/2015.csv", "year;sum\n2015;12\n"},
		{"Pictures/2015/cat.jpg", "a cat, as far as a text can be one"},
		{"Pictures/2015/dog.jpg", "a dog, as far as a text can be one"},
		{"Pictures/Copies/cat (1).jpg", "a cat, as far as a text can be one"},
		{"a name with ／ in it.txt", "On the drive, a slash is stored as ／.\n"},
		{"notes.md", "# Notes\n"},
	} {
		clock = clock.Add(time.Hour)
		if _, err := drive.WriteFile(file.path, []byte(file.content)); err != nil {
			return nil, err
		}
	}
	seeding = false
	return drive, nil
}
