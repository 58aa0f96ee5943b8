package program_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/oauth"
)

// greeter returns a program with one command, which prints its flags and arguments.
func greeter(result error) *program.Program {
	var name string
	var loud bool
	return &program.Program{Name: "greeter", Summary: "greeter greets.", Notes: "That is all.", Commands: []program.Command{{
		Name: "greet", Args: "WHO [WHO]", Min: 1, Max: 2, Summary: "say hello", Help: "Loud or not.",
		Flags: func(fs *flag.FlagSet) {
			fs.StringVar(&name, "name", "nobody", "the `NAME` of who greets; it's theirs")
			fs.BoolVar(&loud, "loud", false, "in capitals")
		},
		Run: func(_ context.Context, c *program.Console, args []string) error {
			fmt.Fprintf(c.Out, "%s %v %q\n", name, loud, args)
			return result
		},
	}}}
}

func run(p *program.Program, args ...string) (status int, out, errs string) {
	var o, e bytes.Buffer
	status = p.Run(context.Background(), args, program.NewConsole(strings.NewReader(""), &o, &e))
	return status, o.String(), e.String()
}

// Flags may stand at any place between the arguments.
func TestFlagsAndArguments(t *testing.T) {
	for _, tc := range []struct {
		args   string
		status int
		want   string // printed, or part of the error
	}{
		{"greet a", 0, `nobody false ["a"]`},
		{"greet -name me a b", 0, `me false ["a" "b"]`},
		{"greet a -name me b -loud", 0, `me true ["a" "b"]`},
		{"greet a b -name=me", 0, `me false ["a" "b"]`},
		{"-name me greet a", 0, `me false ["a"]`},
		{"-loud --name=me greet a", 0, `me true ["a"]`},
		{"greet -- -loud", 0, `nobody false ["-loud"]`},
		{"greet a -- -name", 0, `nobody false ["a" "-name"]`},
		{"greet", 2, "greeter greet: usage: greeter greet WHO [WHO] (greeter greet -h says more)"},
		{"greet a b c", 2, "usage: greeter greet WHO [WHO]"},
		{"greet a -name", 2, "flag needs an argument: -name"},
		{"greet a -quiet", 2, "-quiet"},
		{"shout a", 2, `greeter: there is no command "shout"; greeter help lists them`},
	} {
		status, out, errs := run(greeter(nil), strings.Fields(tc.args)...)
		if status != tc.status || !strings.Contains(out+errs, tc.want) || status != 0 && (out != "" || strings.Count(errs, "\n") != 1) {
			t.Errorf("%s: status %d, %q, %q", tc.args, status, out, errs)
		}
	}
}

func TestStatuses(t *testing.T) {
	for _, tc := range []struct {
		err    error
		status int
		line   string
	}{
		{nil, 0, ""},
		{errors.New("it\nbroke"), 1, "greeter greet: it; broke\n"},
		{program.ErrReported, 1, ""},
		{program.Usagef("%w", errors.New("no")), 2, "greeter greet: no\n"},
		{fmt.Errorf("x: %w", oauth.ErrSignInAgain), 3, "greeter greet: x: sign in again\n"},
		{fmt.Errorf("x: %w", acd.ErrUnauthorized), 3, "greeter greet: x: not signed in\n"},
	} {
		if status, _, errs := run(greeter(tc.err), "greet", "a"); status != tc.status || errs != tc.line {
			t.Errorf("%v: status %d, %q", tc.err, status, errs)
		}
	}
}

// Help is printed on request, and contains everything in the table.
func TestHelp(t *testing.T) {
	for args, wants := range map[string][]string{
		"":           {"greeter greets.", "greet", "WHO [WHO]", "say hello", "completion", "That is all."},
		"help":       {"greeter greets."},
		"-h":         {"greeter greets."},
		"greet -h":   {"usage: greeter greet [flags] WHO [WHO]", "Say hello.", "Loud or not.", "-name NAME", "(default \"nobody\")", "-vv"},
		"help greet": {"Say hello."},
	} {
		status, out, errs := run(greeter(nil), strings.Fields(args)...)
		for _, want := range wants {
			if status != 0 || errs != "" || !strings.Contains(out, want) {
				t.Errorf("%q: status %d, %q does not have %q", args, status, out, want)
			}
		}
	}
}

// The installed shells accept the completion scripts.
func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		status, out, errs := run(greeter(nil), "completion", shell)
		if status != 0 || errs != "" || !strings.Contains(out, "greet") || !strings.Contains(out, "name") {
			t.Errorf("%s: status %d, %q, %q", shell, status, out, errs)
		}
		if program, err := exec.LookPath(shell); err == nil && shell != "zsh" {
			check := exec.Command(program, "-n")
			check.Stdin = strings.NewReader(out)
			if text, err := check.CombinedOutput(); err != nil {
				t.Errorf("%s does not understand its script: %v\n%s", shell, err, text)
			}
		}
	}
	if status, _, _ := run(greeter(nil), "completion"); status != 2 {
		t.Error("a shell is wanted")
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		return
	}
	_, script, _ := run(greeter(nil), "completion", "bash")
	for line, want := range map[string]string{"g": "greet", "greet -l": "-loud"} {
		words := append([]string{"greeter"}, strings.Split(line, " ")...)
		ask := exec.Command(bash, "-c", fmt.Sprintf("%s\nCOMP_WORDS=(%s) COMP_CWORD=%d; _greeter; echo ${COMPREPLY[@]}", script, strings.Join(words, " "), len(words)-1))
		if out, err := ask.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != want {
			t.Errorf("%q: %q, %v", line, out, err)
		}
	}
}
