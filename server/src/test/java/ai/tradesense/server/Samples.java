package ai.tradesense.server;

/// Events to publish.
final class Samples {
    static final String TYPE = "Trading.Order.Placed.v1";

    private Samples() {}

    /// The data of an order of an account; its numbers would not survive being read as doubles.
    static String orderData(String account) {
        return """
                {"accountId":"%s","orderId":"O-1","instrument":"EURUSD","side":"BUY","kind":"LIMIT",\
                "quantity":0.10,"price":1.084250000000000001,"placedAt":"2026-01-05T09:00:00Z"}""".formatted(account);
    }

    /// An order in the structured form.
    static String order(String id, String account) {
        return """
                {"specversion":"1.0","id":"%s","source":"/tests","type":"%s","subject":"%s",\
                "time":"2026-01-05T09:00:00.123Z","datacontenttype":"application/json","data":%s}""".formatted(id, TYPE, account, orderData(account));
    }
}
