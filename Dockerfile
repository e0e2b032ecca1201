# The site with its worker, libtorch (CPU) and the demo: docs/deployment.md.
# tests/SaeDashboard.EndToEnd.Tests/Container performs these steps without a container engine, so it must understand what is used here.

# What the pages load in the browser comes from npm; the SDK's image has no Node.js.
FROM node:20-bookworm-slim AS browser
WORKDIR /src
COPY package.json package-lock.json ./
COPY scripts/lib scripts/lib
RUN ROOT=$PWD bash -c '. scripts/lib/web.sh && web_ensure'

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY .editorconfig global.json Directory.Build.props Directory.Build.targets Directory.Packages.props appsettings.json package-lock.json ./
COPY build build
COPY scripts scripts
COPY src src
# selftest's references are part of the worker.
COPY tests/SaeDashboard.MusicGen.Tests/Golden tests/SaeDashboard.MusicGen.Tests/Golden
COPY wwwroot wwwroot
COPY --from=browser /src/wwwroot/lib wwwroot/lib
COPY demo demo
# CI: exactly the packages of the lock files. The cache spares the next build 600 MB of downloads.
RUN --mount=type=cache,target=/root/.nuget/packages CI=true scripts/publish.sh published

FROM mcr.microsoft.com/dotnet/aspnet:10.0
COPY --from=build /src/published /app
COPY scripts/health.sh /app/health.sh
# The base image asks ASP.NET Core to listen on every address (8080); this site chooses its address itself.
# A container's processes end with the first one, so runs are paused before the site ends.
ENV ASPNETCORE_HTTP_PORTS= \
    Storage__Root=/data \
    Web__Port=5080 \
    Compute__StopJobsWithSite=true
RUN install -d -o $APP_UID -g $APP_UID /data
VOLUME /data
WORKDIR /data
USER $APP_UID
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["/app/health.sh"]
ENTRYPOINT ["/app/SaeDashboard.Web"]
