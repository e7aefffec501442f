package ai.tradesense.cli;

import java.nio.file.Path;
import java.util.List;

/// Asks the server's own code whether a configuration is understood, and whether the broker and the database that
/// it names can be used. No server is started.
final class ConfigurationCheck {
    private static final String DOCTOR = "ai.tradesense.server.Doctor";

    private ConfigurationCheck() {}

    /// What was found, each with `check`, `found` and `trouble`.
    ///
    /// @throws CommandFailure if it cannot be asked
    static List<Json> of(Path file) {
        String[] arguments = {
            "--spring.config.additional-location=" + file.toAbsolutePath().toUri()
        };
        return ForeignCall.json(ForeignCall.of(
                        DOCTOR,
                        doctor -> doctor.getMethod("examine", String[].class).invoke(null, (Object) arguments)))
                .items();
    }
}
