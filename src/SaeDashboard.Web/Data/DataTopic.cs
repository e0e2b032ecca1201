using SaeDashboard.Storage;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Data;

/// <summary>What Data adds to the site: the database, its repositories, and the catalog of the data folder.</summary>
internal static partial class DataTopic
{
    public static void AddDataTopic(this IServiceCollection services, DataRoot root)
    {
        services.AddSingleton(provider => Database.Open(root.Path, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<UserRepository>();
        services.AddSingleton<AuditRepository>();
        services.AddSingleton<LabelRepository>();
        services.AddSingleton<RatingRepository>();
        services.AddSingleton<PresetRepository>();
        services.AddSingleton<TakeRepository>();
        services.AddSingleton<RunRepository>();
        services.AddSingleton<JobRepository>();
        services.AddSingleton<DraftRepository>();
        services.AddSingleton<LocationRepository>();
        services.AddSingleton<DiskProbe>();
        services.AddSingleton<IStoreAccess, StoreAccess>();
        services.AddSingleton<DataExport>();
        services.AddSingleton<StoreNotices>();
        services.AddSingleton<DataImport>();
        services.AddSingleton<DiskUse>();
        services.AddSingleton<ShippedThings>();
        services.AddSingleton<Catalog>();
        services.AddSingleton<ICatalog>(provider => provider.GetRequiredService<Catalog>());
        services.AddHostedService(provider => provider.GetRequiredService<Catalog>());
    }

    public static void MapDataTopic(this WebApplication app)
    {
        // Opened before anything listens: a database that is refused ends the start with its message.
        var database = app.Services.GetRequiredService<Database>();
        foreach (var notice in database.Notices) LogNotice(app.Logger, notice);
        app.MapExchange();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Notice}")]
    private static partial void LogNotice(ILogger logger, string notice);
}
