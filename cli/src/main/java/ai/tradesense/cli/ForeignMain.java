package ai.tradesense.cli;

import java.lang.reflect.InvocationTargetException;

/// A program in the same JVM that is known by its name only, so that the command line depends on none of them.
record ForeignMain(String className, String program) {
    /// Runs its `main`; returns when that does.
    ///
    /// @throws CommandFailure if it is not on the class path
    void run(String... arguments) throws Exception {
        Class<?> program;
        try {
            program = Class.forName(className);
        } catch (ClassNotFoundException missing) {
            throw new CommandFailure(
                    "the " + this.program + " (" + className
                            + ") is not on the class path; start it with the script ./tradesense",
                    missing);
        }
        try {
            program.getMethod("main", String[].class).invoke(null, (Object) arguments);
        } catch (InvocationTargetException failed) {
            switch (failed.getCause()) {
                case Exception exception -> throw exception;
                case Error error -> throw error;
                case null, default -> throw failed;
            }
        }
    }
}
