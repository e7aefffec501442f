package ai.tradesense.server;

import ai.tradesense.server.config.Settings;
import ai.tradesense.server.http.LoopbackGuard;
import ai.tradesense.server.http.ParameterGuard;
import ai.tradesense.server.http.ProblemReportValve;
import ai.tradesense.server.http.ProblemWriter;
import ai.tradesense.server.http.PublishGate;
import ai.tradesense.server.http.SecurityHeaders;
import jakarta.servlet.Filter;
import org.apache.catalina.core.StandardHost;
import org.apache.tomcat.util.buf.EncodedSolidusHandling;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import tools.jackson.databind.json.JsonMapper;

/// What stands between the socket and the controllers.
@Configuration(proxyBeanMethods = false)
class WebConfiguration {
    @Bean
    ProblemWriter problemWriter(JsonMapper mapper) {
        return new ProblemWriter(mapper);
    }

    @Bean
    PublishGate publishGate(Settings settings) {
        return new PublishGate(
                settings.httpLimits().maxPublishesInFlight(),
                settings.httpLimits().maxBufferedBytes());
    }

    @Bean
    FilterRegistrationBean<SecurityHeaders> securityHeaders() {
        return first(new SecurityHeaders(ConsolePage.importMapHash()), 0);
    }

    @Bean
    FilterRegistrationBean<LoopbackGuard> loopbackGuard(ProblemWriter problems) {
        return first(new LoopbackGuard(problems), 1);
    }

    private static <F extends Filter> FilterRegistrationBean<F> first(F filter, int place) {
        FilterRegistrationBean<F> registration = new FilterRegistrationBean<>(filter);
        registration.setOrder(Ordered.HIGHEST_PRECEDENCE + place);
        return registration;
    }

    @Bean
    WebMvcConfigurer parameterGuard() {
        return new WebMvcConfigurer() {
            @Override
            public void addInterceptors(InterceptorRegistry registry) {
                registry.addInterceptor(new ParameterGuard()).addPathPatterns("/api/**");
            }
        };
    }

    /// Ids may contain slashes; a path carries them percent-encoded, and the controllers decode them.
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> tomcat() {
        return factory -> {
            factory.addConnectorCustomizers(connector -> {
                connector.setEncodedSolidusHandling(EncodedSolidusHandling.PASS_THROUGH.getValue());
                connector.setEncodedReverseSolidusHandling(EncodedSolidusHandling.PASS_THROUGH.getValue());
            });
            factory.addContextCustomizers(context ->
                    ((StandardHost) context.getParent()).setErrorReportValveClass(ProblemReportValve.class.getName()));
        };
    }
}
