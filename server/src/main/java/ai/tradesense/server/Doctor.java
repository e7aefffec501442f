package ai.tradesense.server;

import ai.tradesense.bus.Limits;
import ai.tradesense.jdbc.JdbcLog;
import ai.tradesense.kafka.KafkaTransport;
import ai.tradesense.rabbitmq.RabbitStreamSettings;
import ai.tradesense.rabbitmq.RabbitStreamTransport;
import ai.tradesense.rabbitmq.RabbitTransport;
import ai.tradesense.redis.RedisTransport;
import ai.tradesense.server.config.ListenAddress;
import ai.tradesense.server.config.Settings;
import ai.tradesense.server.config.Settings.TransportName;
import ai.tradesense.server.config.SettingsReader;
import ai.tradesense.server.config.StartupException;
import ai.tradesense.store.StoreException;
import ai.tradesense.transport.TransportException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;

/// Looks whether what a configuration names is there and can be used, without starting a server. The command line's
/// `doctor` knows it by name.
public final class Doctor {
    private Doctor() {}

    /// What a look at one thing found.
    ///
    /// @param trouble what is wrong; empty if nothing is
    public record Finding(String check, String found, String trouble) {}

    /// Examines what a server would use that is started with these arguments. Blocks while brokers and databases
    /// answer; changes nothing there.
    public static List<Finding> examine(String... arguments) {
        List<Finding> findings = new ArrayList<>();
        Settings settings;
        try {
            settings = read(arguments);
        } catch (RuntimeException refused) { // whatever a file that Spring cannot read may be
            return List.of(new Finding("configuration", "", String.valueOf(refused.getMessage())));
        }
        findings.add(new Finding("configuration", "is understood", ""));
        if (settings.transport() != TransportName.EMBEDDED) {
            findings.add(look("transport", () -> transport(settings)));
        }
        if (settings.transport() != TransportName.MEMORY && settings.store().isShared()) {
            findings.add(look("store", () -> JdbcLog.check(settings.store().url())));
        } else if (settings.transport().isBroker()) {
            findings.add(new Finding("store", "is a file of one instance: " + Announcement.ONLY_ONE, ""));
        }
        return findings;
    }

    private static Settings read(String... arguments) {
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new SimpleCommandLinePropertySource(arguments));
        ConfigDataEnvironmentPostProcessor.applyTo(environment);
        ConfigurationPropertySources.attach(environment);
        ListenAddress.requireLoopback(environment);
        return SettingsReader.read(environment);
    }

    private static Finding look(String what, Supplier<String> look) {
        try {
            return new Finding(what, look.get(), "");
        } catch (TransportException | StoreException | StartupException refused) {
            return new Finding(what, "", String.valueOf(refused.getMessage()));
        }
    }

    private static String transport(Settings settings) {
        return switch (settings.transport()) {
            case EMBEDDED, MEMORY -> "is in the process of the server";
            case REDIS -> RedisTransport.check(Foundation.redis(settings));
            case KAFKA -> kafka(settings);
            case RABBITMQ -> rabbitmq(settings);
        };
    }

    private static String kafka(Settings settings) {
        Foundation.requireCarried(settings, settings.kafka().maxMessageBytes() - Limits.MAX_ATTRIBUTES_BYTES);
        return KafkaTransport.check(settings.kafka());
    }

    /// Streams are looked at by opening them as a server would, which makes the one that lists the domains.
    private static String rabbitmq(Settings settings) {
        RabbitStreamSettings streams = settings.rabbit().streams();
        if (streams == null) {
            return RabbitTransport.check(Foundation.rabbitmq(settings));
        }
        try (RabbitStreamTransport opened = RabbitStreamTransport.open(streams)) {
            Foundation.requireCarried(settings, opened.maxPayloadBytes());
            return opened.health().detail();
        }
    }
}
