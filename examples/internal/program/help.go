package program

import (
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// help prints the table of commands, or the help for one command.
func (p *Program) help(c *Console, args []string) (status int) {
	for _, name := range args {
		if command, _, _ := p.pick([]string{name}); command != nil {
			p.helpCommand(c.Out, command)
			return 0
		}
	}
	fmt.Fprintf(c.Out, "%s\n\nusage: %s COMMAND [flags] [arguments]\n\n", p.Summary, p.Name)
	t := tabwriter.NewWriter(c.Out, 0, 0, 2, ' ', 0)
	for _, command := range p.Commands {
		fmt.Fprintf(t, "  %s\t%s\t%s\n", command.Name, command.Args, command.Summary)
	}
	fmt.Fprintf(t, "  completion\tbash|zsh|fish\tprint a script that completes command lines in a shell\n")
	fmt.Fprintf(t, "  help\t[COMMAND]\tsay more about a command\n")
	t.Flush()
	if p.Notes != "" {
		fmt.Fprintf(c.Out, "\n%s\n", p.Notes)
	}
	return 0
}

func (p *Program) helpCommand(w io.Writer, command *Command) {
	fmt.Fprintf(w, "usage: %s\n\n%s\n", strings.TrimSpace(p.Name+" "+command.Name+" [flags] "+command.Args), sentence(command.Summary))
	if command.Help != "" {
		fmt.Fprintf(w, "\n%s\n", command.Help)
	}
	own, common := p.flagsOf(command)
	if own != "" {
		fmt.Fprintf(w, "\nFlags, before or after the arguments:\n%s", own)
	}
	fmt.Fprintf(w, "\nFlags that most commands have:\n%s", common)
}

// flagsOf describes the flags of a command. common are the flags that at least half of all commands
// have, own are the others.
func (p *Program) flagsOf(command *Command) (own, common string) {
	have := map[string]int{}
	for i := range p.Commands {
		p.flagSet(&p.Commands[i], &Console{}).VisitAll(func(f *flag.Flag) { have[f.Name]++ })
	}
	parts := map[bool]*flag.FlagSet{true: flag.NewFlagSet("", flag.ContinueOnError), false: flag.NewFlagSet("", flag.ContinueOnError)}
	p.flagSet(command, &Console{}).VisitAll(func(f *flag.Flag) {
		parts[len(p.Commands) > 1 && 2*have[f.Name] >= len(p.Commands)].Var(f.Value, f.Name, f.Usage)
	})
	text := map[bool]string{}
	for isCommon, fs := range parts {
		var b strings.Builder
		fs.SetOutput(&b)
		fs.PrintDefaults()
		text[isCommon] = b.String()
	}
	return text[false], text[true]
}

// sentence returns a summary as a sentence.
func sentence(summary string) string {
	return strings.ToUpper(summary[:1]) + summary[1:] + "."
}

// completion prints a script for a shell. The script is made from the table of commands.
func (p *Program) completion(w io.Writer, args []string) error {
	if len(args) != 1 {
		return Usagef("usage: %s completion bash|zsh|fish", p.Name)
	}
	switch args[0] {
	case "bash":
		p.bash(w)
	case "zsh":
		fmt.Fprintln(w, "autoload -U +X bashcompinit && bashcompinit")
		p.bash(w)
	case "fish":
		p.fish(w)
	default:
		return Usagef("the shells are bash, zsh and fish, not %q", args[0])
	}
	return nil
}

func (p *Program) names() (names []string) {
	for _, command := range p.Commands {
		names = append(names, command.Name)
	}
	return append(names, "completion", "help")
}

func (p *Program) bash(w io.Writer) {
	fmt.Fprintf(w, "_%s() {\n  local word=${COMP_WORDS[COMP_CWORD]} words=\n", p.Name)
	fmt.Fprintf(w, "  if [ \"$COMP_CWORD\" = 1 ]; then\n    words=%q\n  else case ${COMP_WORDS[1]} in\n", strings.Join(p.names(), " "))
	for i := range p.Commands {
		var flags []string
		p.flagSet(&p.Commands[i], &Console{}).VisitAll(func(f *flag.Flag) { flags = append(flags, "-"+f.Name) })
		fmt.Fprintf(w, "  %s) words=%q ;;\n", p.Commands[i].Name, strings.Join(flags, " "))
	}
	fmt.Fprintf(w, "  esac fi\n  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\ncomplete -o default -F _%s %s\n", p.Name, p.Name)
}

func (p *Program) fish(w io.Writer) {
	for _, command := range p.Commands {
		fmt.Fprintf(w, "complete -c %s -n __fish_use_subcommand -a %s -d %s\n", p.Name, command.Name, quote(command.Summary))
		p.flagSet(&command, &Console{}).VisitAll(func(f *flag.Flag) {
			_, text := flag.UnquoteUsage(f)
			fmt.Fprintf(w, "complete -c %s -n '__fish_seen_subcommand_from %s' -o %s -d %s\n", p.Name, command.Name, f.Name, quote(text))
		})
	}
}

// quote returns a text as one quoted word for fish.
func quote(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}
