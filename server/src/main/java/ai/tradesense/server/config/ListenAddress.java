package ai.tradesense.server.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;

/// Where the server listens: on this machine only, as long as nobody has to say who they are.
public final class ListenAddress {
    private ListenAddress() {}

    /// Checks every address that the configuration lets the server listen on.
    ///
    /// @throws StartupException naming the key whose address can be reached from elsewhere
    public static void requireLoopback(Environment environment) {
        requireLoopback("server.address", environment.getProperty("server.address"));
        if (environment.containsProperty("management.server.port")) {
            requireLoopback("management.server.address", environment.getProperty("management.server.address"));
        }
    }

    private static void requireLoopback(String key, @Nullable String address) {
        if (address == null || address.isBlank()) {
            throw new StartupException(key + " is not set, which means every network interface; expected a loopback"
                    + " address such as 127.0.0.1, because this server has no authentication yet.");
        }
        InetAddress resolved;
        try {
            resolved = InetAddress.getByName(address);
        } catch (UnknownHostException unknown) {
            throw new StartupException(
                    key + " is '" + address + "', which is no address of this machine; expected for example 127.0.0.1.",
                    unknown);
        }
        if (!resolved.isLoopbackAddress()) {
            throw new StartupException(
                    key + " is '" + address + "', which other machines can reach; expected a loopback"
                            + " address such as 127.0.0.1, because this server has no authentication yet.");
        }
    }
}
