package ai.tradesense.server;

import ai.tradesense.server.config.StartupException;
import ai.tradesense.store.StoreException;
import ai.tradesense.transport.TransportException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringBootExceptionReporter;
import org.springframework.boot.context.config.ConfigDataException;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.yaml.snakeyaml.error.YAMLException;

/// Says in one sentence on stderr why the server did not start. What it does not know is left to Spring Boot,
/// which prints a stack trace: that is a bug and not a mistake of the operator.
@Order(Ordered.HIGHEST_PRECEDENCE)
final class StartupReport implements SpringBootExceptionReporter {
    @Override
    public boolean reportException(Throwable failure) {
        String sentence = sentence(failure);
        if (sentence == null) {
            return false;
        }
        System.err.println(sentence);
        return true;
    }

    static @Nullable String sentence(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String sentence = switch (cause) {
                case StartupException known -> known.getMessage();
                case StoreException store -> store.getMessage();
                case TransportException transport -> transport.getMessage();
                case PortInUseException port ->
                    "Port " + port.getPort() + " is in use by another process; stop that one, or choose another"
                            + " port with --port (server.port in the configuration).";
                case BindException binding -> binding(binding);
                case ConfigDataException config -> "The configuration cannot be read: " + config.getMessage();
                case YAMLException yaml -> "The configuration is not valid YAML: " + yaml.getMessage();
                default -> null;
            };
            if (sentence != null) {
                return sentence.strip().replaceAll("\\s*\\R\\s*", " ");
            }
        }
        return null;
    }

    private static String binding(BindException binding) {
        ConfigurationProperty property = binding.getProperty();
        return property == null
                ? binding.getName() + " in the configuration has a value that does not fit: " + root(binding)
                : property.getName() + " is '" + property.getValue() + "' in the configuration, which does not fit: "
                        + root(binding);
    }

    private static @Nullable String root(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage();
    }
}
