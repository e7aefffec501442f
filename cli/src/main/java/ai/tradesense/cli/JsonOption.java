package ai.tradesense.cli;

import picocli.CommandLine.Option;

/// Whether a reading verb prints what the server answered, to be read by a program.
final class JsonOption {
    @Option(names = "--json", description = "Prints JSON, as the server answers it.")
    private boolean json;

    boolean wanted() {
        return json;
    }

    /// Prints the server's answer as it came, or the form for people.
    void print(Shell shell, byte[] answer, Runnable forPeople) {
        if (json) {
            shell.out().write(answer, 0, answer.length);
            shell.out().println();
        } else {
            forPeople.run();
        }
    }
}
