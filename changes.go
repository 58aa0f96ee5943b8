package acd

// ChangesService follows what happens on the drive.
type ChangesService struct{ client *Client }

// A ChangeSet is one part of the change feed.
type ChangeSet struct {
	// Checkpoint is where the feed goes on after this set.
	Checkpoint string  `json:"checkpoint"`
	Reset      bool    `json:"reset"` // drop local state: what follows is everything
	Nodes      []*Node `json:"nodes"`
	StatusCode int     `json:"statusCode"`
	End        bool    `json:"end"` // the feed is at its end for now
}
