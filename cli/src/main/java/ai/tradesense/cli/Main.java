package ai.tradesense.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// `tradesense`: runs one verb and ends with 0 if it succeeded, 1 if it failed and 2 if it was called wrongly.
public final class Main {
    static final int OK = 0;
    static final int FAILED = 1;
    static final int WRONG_USAGE = 2;

    /// The verb goes on in other threads; the process ends when they do.
    static final int RUNNING = -1;

    private static final ForeignMain SERVER = new ForeignMain("ai.tradesense.server.TradeSenseServer", "server");
    private static final ForeignMain BENCHMARKS = new ForeignMain("ai.tradesense.bench.Main", "benchmarks");

    private Main() {}

    public static void main(String[] arguments) {
        Shell shell = Shell.ofProcess();
        int code = run(shell, arguments);
        shell.out().flush();
        shell.err().flush();
        if (code != RUNNING) {
            System.exit(code);
        }
    }

    static int run(Shell shell, String... arguments) {
        return commandLine(shell, arguments).execute(arguments);
    }

    /// The command with the verb that is asked for, and with all of them if none is: to model them all takes longer
    /// than most of them take to run.
    private static CommandLine commandLine(Shell shell, String... arguments) {
        CommandLine command = new CommandLine(new TradeSenseCommand());
        Map<String, Supplier<CommandLine>> verbs = verbs(shell);
        if (arguments.length > 0 && verbs.containsKey(arguments[0])) {
            verbs.keySet().retainAll(Set.of(arguments[0]));
        }
        verbs.forEach((name, verb) -> command.addSubcommand(name, verb.get()));
        command.getSubcommands().values().forEach(Main::addHelp);
        return command.setOut(new PrintWriter(shell.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(shell.err(), true, StandardCharsets.UTF_8))
                .setColorScheme(CommandLine.Help.defaultColorScheme(shell.coloured() ? Ansi.ON : Ansi.OFF))
                .setUsageHelpWidth(shell.terminal().helpWidth())
                .setParameterExceptionHandler((wrong, _) -> explain(shell, wrong))
                .setExecutionExceptionHandler((failure, failed, _) -> explain(shell, failure, failed));
    }

    private static Map<String, Supplier<CommandLine>> verbs(Shell shell) {
        Map<String, Supplier<CommandLine>> verbs = new LinkedHashMap<>();
        verbs.put("up", () -> new CommandLine(new UpCommand(SERVER)));
        verbs.put("publish", () -> new CommandLine(new PublishCommand(shell)));
        verbs.put("tail", () -> new CommandLine(new TailCommand(shell)));
        verbs.put("events", () -> new CommandLine(new EventsCommand(shell)));
        verbs.put("workers", () -> {
            WorkersCommand workers = new WorkersCommand(shell);
            return new CommandLine(workers)
                    .addSubcommand(new WorkerVerbs.Show(workers))
                    .addSubcommand(new WorkersCommand.Pause(workers))
                    .addSubcommand(new DrainCommand(workers))
                    .addSubcommand(new WorkersCommand.Resume(workers))
                    .addSubcommand(new WorkerVerbs.Concurrency(workers))
                    .addSubcommand(new WorkerVerbs.Breaker(workers))
                    .addSubcommand(new WorkersCommand.Instances(workers));
        });
        verbs.put("dlq", () -> {
            DeadLettersCommand deadLetters = new DeadLettersCommand(shell);
            return new CommandLine(deadLetters)
                    .addSubcommand(new DeadLettersCommand.Search(deadLetters))
                    .addSubcommand(new OperationsVerbs.Groups(deadLetters))
                    .addSubcommand(new DeadLettersCommand.Show(deadLetters))
                    .addSubcommand(new OperationVerb.Retry(deadLetters))
                    .addSubcommand(new OperationVerb.Discard(deadLetters))
                    .addSubcommand(new OperationVerb.Restore(deadLetters))
                    .addSubcommand(new OperationsVerbs.Edit(deadLetters))
                    .addSubcommand(new OperationsVerbs.Log(deadLetters))
                    .addSubcommand(new OperationsVerbs.Cancel(deadLetters));
        });
        verbs.put("replay", () -> new CommandLine(new ReplayCommand(shell)));
        verbs.put("retention", () -> {
            RetentionCommand retention = new RetentionCommand(shell);
            return new CommandLine(retention)
                    .addSubcommand(new RetentionCommand.Status(retention))
                    .addSubcommand(new RetentionCommand.DryRun(retention))
                    .addSubcommand(new RetentionCommand.Run(retention))
                    .addSubcommand(new RetentionCommand.Forget(retention));
        });
        verbs.put("holds", () -> {
            HoldsCommand holds = new HoldsCommand(shell);
            return new CommandLine(holds)
                    .addSubcommand(new HoldsCommand.ListAll(holds))
                    .addSubcommand(new HoldsCommand.Place(holds))
                    .addSubcommand(new HoldsCommand.Lift(holds));
        });
        verbs.put("projections", () -> {
            ProjectionsCommand projections = new ProjectionsCommand(shell);
            return new CommandLine(projections)
                    .addSubcommand(new ProjectionVerbs.Rebuild(projections))
                    .addSubcommand(new ProjectionVerbs.Cancel(projections))
                    .addSubcommand(new ProjectionVerbs.PassOver(projections))
                    .addSubcommand(new ProjectionVerbs.Orders(projections));
        });
        verbs.put("verify", () -> new CommandLine(new VerifyCommand(shell)));
        verbs.put("backup", () -> new CommandLine(new BackupCommand(shell)));
        verbs.put("bench", () -> new CommandLine(new BenchCommand(BENCHMARKS)));
        verbs.put("doctor", () -> new CommandLine(new DoctorCommand(shell)));
        return verbs;
    }

    private static void addHelp(CommandLine verb) {
        if (!(verb.getCommand() instanceof BenchCommand)) {
            verb.getCommandSpec()
                    .addOption(OptionSpec.builder("-h", "--help")
                            .type(boolean.class)
                            .usageHelp(true)
                            .description("Shows this help.")
                            .build());
        }
        verb.getSubcommands().values().forEach(Main::addHelp);
    }

    private static int explain(Shell shell, ParameterException wrong) {
        shell.say(String.valueOf(wrong.getMessage()));
        CommandLine command = wrong.getCommandLine();
        if (!UnmatchedArgumentException.printSuggestions(wrong, command.getErr())) {
            pointToHelp(shell, command);
        }
        return WRONG_USAGE;
    }

    private static int explain(Shell shell, Exception failure, CommandLine command) throws Exception {
        if (!(failure instanceof CommandFailure || failure instanceof IOException)) {
            throw failure;
        }
        shell.say(message(failure));
        if (failure instanceof WrongUsage || (failure instanceof Api.Refused refused && refused.isWrongParameter())) {
            pointToHelp(shell, command);
            return WRONG_USAGE;
        }
        return FAILED;
    }

    /// What some failures of files say of themselves is the file alone.
    private static String message(Exception failure) {
        return switch (failure) {
            case NoSuchFileException none -> "there is no file or folder " + none.getFile();
            case AccessDeniedException denied -> denied.getFile() + " may not be read or written by this user";
            default -> String.valueOf(failure.getMessage());
        };
    }

    private static void pointToHelp(Shell shell, CommandLine command) {
        shell.say("see '" + command.getCommandSpec().qualifiedName() + " --help'");
    }
}
