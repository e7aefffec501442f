package ai.tradesense.rabbitmq;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;

/// A client of the same broker that knows nothing of ours.
final class AnotherClient {
    /// What it does.
    interface Work {
        void on(Channel channel) throws Exception;
    }

    private AnotherClient() {}

    static void of(String url, Work work) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(url);
        try (Connection connection = factory.newConnection();
                Channel channel = connection.createChannel()) {
            work.on(channel);
        }
    }
}
