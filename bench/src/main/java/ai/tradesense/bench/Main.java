package ai.tradesense.bench;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/// `tradesense bench`: measures publishing and processing on this machine. Results go to standard output,
/// progress to standard error; ends with 0 if all went well, 1 if something failed or an event was lost, came
/// twice or came out of order, and 2 if it was called wrongly.
public final class Main {
    static final int OK = 0;
    static final int FAILED = 1;
    static final int WRONG_USAGE = 2;

    private Main() {}

    public static void main(String[] arguments) {
        int code = run(System.out, System.err, arguments);
        System.out.flush();
        System.err.flush();
        if (code != OK) {
            System.exit(code);
        }
    }

    /// Runs what `arguments` ask for; the exit code.
    static int run(PrintStream out, PrintStream err, String... arguments) {
        CommandLine command = new CommandLine(new BenchCommand(out, err));
        return command.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((wrong, _) -> {
                    err.println("bench: " + wrong.getMessage());
                    err.println("bench: see '"
                            + wrong.getCommandLine().getCommandSpec().qualifiedName() + " --help'");
                    return WRONG_USAGE;
                })
                .setExecutionExceptionHandler((failure, _, _) -> {
                    err.println("bench: " + failure.getMessage());
                    return FAILED;
                })
                .execute(arguments);
    }
}
