package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"

	"github.com/acd-sdk/acd/examples/internal/program"
)

// talk asks the user questions.
type talk struct {
	con *program.Console
	in  *bufio.Reader
}

func newTalk(con *program.Console) *talk { return &talk{con, bufio.NewReader(con.In)} }

func (t *talk) say(format string, args ...any) { fmt.Fprintf(t.con.Out, format+"\n", args...) }

// question is a value to ask the user for.
type question struct {
	key, prompt string
	secret      bool
}

func (t *talk) answer(q question) (string, error) {
	defer t.con.Ask()()
	if f, ok := t.con.In.(*os.File); ok && q.secret && term.IsTerminal(int(f.Fd())) {
		fmt.Fprintf(t.con.Out, "%s (is not shown): ", q.prompt)
		text, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(t.con.Out)
		return strings.TrimSpace(string(text)), err
	}
	return t.ask(q.prompt)
}

var errNoAnswer = errors.New("there is nobody to ask: acd config wants a terminal, or its answers line by line")

// ask returns a line that is not empty.
func (t *talk) ask(prompt string) (string, error) {
	defer t.con.Ask()()
	for {
		fmt.Fprintf(t.con.Out, "%s: ", prompt)
		line, err := t.in.ReadString('\n')
		if line = strings.TrimSpace(line); line != "" {
			return line, nil
		}
		if errors.Is(err, io.EOF) {
			return "", errNoAnswer
		}
		if err != nil {
			return "", err
		}
	}
}

// choose returns the index of the choice that the user made.
func (t *talk) choose(title string, choices ...string) (int, error) {
	t.say("%s", title)
	for i, choice := range choices {
		t.say("  %d  %s", i+1, choice)
	}
	for {
		text, err := t.ask("Number")
		if err != nil {
			return 0, err
		}
		if i, err := strconv.Atoi(text); err == nil && i >= 1 && i <= len(choices) {
			return i - 1, nil
		}
	}
}
