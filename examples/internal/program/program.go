// Package program is what the commands under examples have in common: a table of subcommands from
// which help and completion are made, flags before or after the arguments, exit statuses, a line that
// says what is waited for, a progress bar, and sizes and durations as rclone writes them.
package program

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// A Program is a table of commands.
type Program struct {
	Name     string
	Summary  string // what it is, in a line or more
	Notes    string // what the help says at its end
	Commands []Command
	// Explain may replace an error by one that says what to do. It may be nil.
	Explain func(error) error
}

// A Command is one row of the table.
type Command struct {
	Name     string
	Args     string // as the help shows them, such as "FROM TO"
	Min, Max int    // how many arguments there may be
	Summary  string // one line
	Help     string // what there is to say beyond the summary and the flags
	Flags    func(*flag.FlagSet)
	Run      func(ctx context.Context, c *Console, args []string) error
}

// Main runs the program with the arguments and the terminal of the process, until an interrupt, and
// returns the exit status. A second interrupt ends the process at once.
func (p *Program) Main() (status int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return p.Run(ctx, os.Args[1:], NewConsole(os.Stdin, os.Stdout, os.Stderr))
}

// Run runs one command line and returns the exit status. An error is one line on c.Err.
func (p *Program) Run(ctx context.Context, args []string, c *Console) (status int) {
	command, name, args := p.pick(args)
	switch name {
	case "", "help", "-h", "--help", "-help":
		return p.help(c, args)
	case "completion":
		return p.report(ctx, c, name, p.completion(c.Out, args))
	}
	if command == nil {
		return p.report(ctx, c, "", Usagef("there is no command %q; %s help lists them", name, p.Name))
	}
	fs := p.flagSet(command, c)
	args, err := parse(fs, args)
	if errors.Is(err, flag.ErrHelp) {
		p.helpCommand(c.Out, command)
		return 0
	}
	if err == nil && (len(args) < command.Min || len(args) > command.Max) {
		err = fmt.Errorf("usage: %s %s %s", p.Name, command.Name, command.Args)
	}
	if err != nil {
		return p.report(ctx, c, name, Usagef("%w (%s %s -h says more)", err, p.Name, name))
	}
	stop := c.watch()
	err = command.Run(ctx, c, args)
	stop()
	return p.report(ctx, c, name, err)
}

// report prints an error in one line.
func (p *Program) report(ctx context.Context, c *Console, command string, err error) (status int) {
	if err == nil {
		return 0
	}
	status = statusOf(err)
	if ctx.Err() != nil {
		fmt.Fprintf(c.Err, "%s: interrupted; run it again to do what is left\n", p.Name)
		return status
	}
	if p.Explain != nil {
		err = p.Explain(err)
	}
	if !errors.Is(err, ErrReported) {
		line := strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
		fmt.Fprintln(c.Err, strings.Join(strings.Fields(p.Name+" "+command), " ")+": "+line)
	}
	return status
}

// flagSet holds the flags of a command, and those that all have.
func (p *Program) flagSet(command *Command, c *Console) *flag.FlagSet {
	fs := flag.NewFlagSet(command.Name, flag.ContinueOnError)
	fs.SetOutput(io.Discard) // what is wrong is said in one line, by report
	c.flags(fs)
	if command.Flags != nil {
		command.Flags(fs)
	}
	return fs
}

// parse takes the flags from wherever they stand. Behind "--" nothing is a flag.
func parse(fs *flag.FlagSet, args []string) (rest []string, err error) {
	for {
		if err := fs.Parse(args); err != nil {
			return nil, err
		}
		if n := len(args) - fs.NArg(); n > 0 && args[n-1] == "--" {
			return append(rest, fs.Args()...), nil
		}
		if fs.NArg() == 0 {
			return rest, nil
		}
		rest, args = append(rest, fs.Arg(0)), fs.Args()[1:]
	}
}

// pick finds the command, also behind flags, which then belong to it.
func (p *Program) pick(args []string) (command *Command, name string, rest []string) {
	i := 0
	for i < len(args) && strings.HasPrefix(args[i], "-") && !isHelp(args[i]) {
		if i++; p.takesValue(args[i-1]) {
			i++
		}
	}
	if i >= len(args) {
		return nil, "", nil
	}
	name, rest = args[i], append(append([]string{}, args[:i]...), args[i+1:]...)
	for j := range p.Commands {
		if p.Commands[j].Name == name {
			command = &p.Commands[j]
		}
	}
	return command, name, rest
}

func isHelp(arg string) bool { return arg == "-h" || arg == "-help" || arg == "--help" }

// takesValue says whether the argument after a flag belongs to it, by the commands that have the flag.
func (p *Program) takesValue(arg string) bool {
	name := strings.TrimLeft(arg, "-")
	if strings.Contains(name, "=") {
		return false
	}
	for i := range p.Commands {
		if f := p.flagSet(&p.Commands[i], &Console{}).Lookup(name); f != nil {
			return !isBool(f)
		}
	}
	return false
}

func isBool(f *flag.Flag) bool {
	b, ok := f.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}
