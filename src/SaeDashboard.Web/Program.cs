using SaeDashboard.Core;
using SaeDashboard.Web.Hosting;

try
{
    if (DataCommand.IsAsked(args)) return DataCommand.Run(args);
    var app = Site.Build(args);
    await Site.RunAsync(app);
    return 0;
}
catch (UserException error)
{
    // User-correctable errors are one message, without a stack trace.
    await Console.Error.WriteLineAsync(error.Message);
    return 1;
}
