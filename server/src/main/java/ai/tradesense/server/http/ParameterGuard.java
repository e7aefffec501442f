package ai.tradesense.server.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Arrays;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/// Refuses parameters where a call knows none: a filter that is overlooked shows everything, and a `dryRun` that is
/// overlooked changes something. A call that is handed the request reads its parameters itself.
public final class ParameterGuard implements HandlerInterceptor {
    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        if (handler instanceof HandlerMethod call
                && Arrays.stream(call.getMethodParameters())
                        .noneMatch(parameter -> parameter.getParameterType() == HttpServletRequest.class)) {
            QueryParameters.of(request);
        }
        return true;
    }
}
