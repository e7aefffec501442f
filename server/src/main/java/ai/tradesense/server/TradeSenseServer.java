package ai.tradesense.server;

import ai.tradesense.server.config.ListenAddress;
import ai.tradesense.server.config.Settings;
import ai.tradesense.server.config.SettingsReader;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;

/// Starts the server. Arguments are configuration, `--server.port=8081` and the like; the keys are those under
/// `tradesense.*` and the ones of Spring Boot.
public final class TradeSenseServer {
    private TradeSenseServer() {}

    /// Runs until the process is told to end. A server that cannot start says why on stderr and exits with 1.
    public static void main(String[] args) {
        try {
            start(args);
        } catch (RuntimeException reported) {
            // StartupReport has said why
            System.exit(1);
        }
    }

    /// Starts a server in this process, for tests; the answer is closed to stop it.
    static ConfigurableApplicationContext start(String... args) {
        SpringApplication application = new SpringApplication(ServerConfiguration.class);
        application.setWebApplicationType(WebApplicationType.SERVLET);
        application.setBannerMode(Banner.Mode.OFF);
        application.setLogStartupInfo(false);
        application.addInitializers(TradeSenseServer::configure);
        return application.run(args);
    }

    /// Before anything is opened, so that a mistake in the configuration touches nothing.
    private static void configure(ConfigurableApplicationContext context) {
        ConfigurableEnvironment environment = context.getEnvironment();
        Settings settings = SettingsReader.read(environment);
        ListenAddress.requireLoopback(environment);
        context.getBeanFactory().registerSingleton("settings", settings);
    }
}
