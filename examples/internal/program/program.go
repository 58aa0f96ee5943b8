// Package program has what the commands in examples have in common: a table of subcommands from
// which help and completion are made; flags before or after the arguments; exit statuses; a line
// that says what the command is waiting for; a progress bar; and sizes and durations in rclone's
// form.
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
	Summary  string // what the program does, in one or more lines
	Notes    string // printed at the end of the help
	Commands []Command
	// Explain may replace an error by one that also says what to do. It may be nil.
	Explain func(error) error
}

// A Command is one row of the table.
type Command struct {
	Name     string
	Args     string // as in the help, for example "FROM TO"
	Min, Max int    // smallest and largest number of arguments
	Summary  string // one line
	Help     string // text that the help shows besides the summary and the flags
	Flags    func(*flag.FlagSet)
	Run      func(ctx context.Context, c *Console, args []string) error
}

// Main runs the program with the arguments and the terminal of the process, and returns the exit
// status. An interrupt ends the context of the command. A second interrupt ends the process at
// once.
func (p *Program) Main() (status int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return p.Run(ctx, os.Args[1:], NewConsole(os.Stdin, os.Stdout, os.Stderr))
}

// Run runs one command line and returns the exit status. If it fails, the error is printed as one
// line on c.Err.
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

// flagSet returns the flags of a command, including those that all commands have.
func (p *Program) flagSet(command *Command, c *Console) *flag.FlagSet {
	fs := flag.NewFlagSet(command.Name, flag.ContinueOnError)
	fs.SetOutput(io.Discard) // report prints the error in one line
	c.flags(fs)
	if command.Flags != nil {
		command.Flags(fs)
	}
	return fs
}

// parse parses flags at any place between the arguments. After "--", no argument is a flag.
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

// pick finds the command. Flags may stand before its name: they belong to the command.
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

// takesValue reports whether a flag is followed by its value. It looks for a command that has the
// flag.
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
