using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Annotation;
using SaeDashboard.Web.Atlas;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Home;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Live;
using SaeDashboard.Web.ModelLabels;
using SaeDashboard.Web.Presets;
using SaeDashboard.Web.Runs;
using SaeDashboard.Web.Runs.Planning;
using SaeDashboard.Web.Scores;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Sounds;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Hosting;

/// <summary>The services of the site, one method for each folder.</summary>
internal static class SiteServices
{
    // Decoded clips: about 1,600 of ten seconds at 16 kHz.
    private const long ClipCacheBytes = 512L << 20;

    private const string ByKeyOrCookie = "site";

    /// <summary>Characters of the shortest password.</summary>
    internal const int ShortestPassword = 10;

    /// <summary>Cookies, keys, accounts and the policies.</summary>
    public static void AddIdentity(this IServiceCollection services)
    {
        services.AddOptions<AccountOptions>().BindConfiguration(AccountOptions.Section).PostConfigure(options =>
        {
            if (options.Problem is { } problem) throw new UserException(problem);
        }).ValidateOnStart();
        services.AddAuthentication(ByKeyOrCookie).AddPolicyScheme(ByKeyOrCookie, null, scheme => scheme.ForwardDefaultSelector = context => KeySignIn.IsTried(context.Request) ? KeySignIn.SchemeName : LocalPerson.Scheme)
            .AddScheme<AuthenticationSchemeOptions, KeySignIn>(KeySignIn.SchemeName, null).AddCookie(LocalPerson.Scheme, cookie =>
        {
            cookie.Cookie.Name = "saedashboard";
            cookie.Cookie.HttpOnly = true;
            // A link from a mail opens a page signed in. Writes from other sites' pages are refused by their Origin.
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            cookie.ExpireTimeSpan = TimeSpan.FromDays(90);
            cookie.SlidingExpiration = true;
            cookie.EventsType = typeof(CookieRules);
        });
        services.AddScoped<CookieRules>();
        services.AddSingleton<IAuthorizationHandler, RightHandler>();
        Access.AddPolicies(services.AddAuthorizationBuilder());
        services.AddCascadingAuthenticationState();
        services.AddScoped<AuthenticationStateProvider, CircuitPrincipals>();
        services.AddSingleton<HubGuard>();
        services.AddHostedService(provider => provider.GetRequiredService<HubGuard>());
        services.AddDoorLimit();
        services.AddIdentityCore<Account>(identity =>
        {
            // Length counts, not kinds of characters. Any name is one.
            identity.Password.RequiredLength = ShortestPassword;
            identity.Password.RequiredUniqueChars = 4;
            (identity.Password.RequireDigit, identity.Password.RequireLowercase, identity.Password.RequireUppercase, identity.Password.RequireNonAlphanumeric) = (false, false, false, false);
            identity.User.AllowedUserNameCharacters = "";
            identity.Lockout.MaxFailedAccessAttempts = 10;
            identity.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(5);
        }).AddUserStore<AccountStore>();
        services.AddSingleton<AccountRepository>();
        services.AddSingleton<SessionRepository>();
        services.AddSingleton<InviteRepository>();
        services.AddSingleton<ApiKeyRepository>();
        services.AddSingleton<AccessMode>(provider => new AccessMode(provider.GetRequiredService<IOptions<SiteOptions>>().Value, provider.GetRequiredService<AccountRepository>()));
        services.AddSingleton<AccountDirectory>();
        services.AddSingleton<IPeopleNow>(provider => provider.GetRequiredService<AccountDirectory>());
        services.AddSingleton<AccountBook>();
        services.AddSingleton<NameLimiter>();
        services.AddSingleton<DoorNotes>();
        services.AddScoped<SignIns>();
        services.AddScoped<ActorAccessor>();
        services.AddScoped<PageWrites>();
        // The one person on this machine, as the database knows them.
        services.AddSingleton<LocalUser>();
    }

    /// <summary>The database, its repositories, and the catalog of the data folder.</summary>
    public static void AddData(this IServiceCollection services, DataRoot root)
    {
        services.AddSingleton(provider => Database.Open(root.Path, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<UserRepository>();
        services.AddSingleton<AuditRepository>();
        services.AddSingleton<LabelRepository>();
        services.AddSingleton<RatingRepository>();
        services.AddSingleton<CommentRepository>();
        services.AddSingleton<QueueRepository>();
        services.AddSingleton<AnnotationRepository>();
        services.AddSingleton<PresetRepository>();
        services.AddSingleton<TakeRepository>();
        services.AddSingleton<RunRepository>();
        services.AddSingleton<JobRepository>();
        services.AddSingleton<DraftRepository>();
        services.AddSingleton<LocationRepository>();
        services.AddSingleton<FeatureListRepository>();
        services.AddSingleton<SavedViewRepository>();
        services.AddSingleton<DiskProbe>();
        services.AddSingleton<IStoreAccess, StoreAccess>();
        services.AddSingleton<DataExport>();
        services.AddSingleton<StoreNotices>();
        services.AddSingleton<DataImport>();
        services.AddSingleton<Imports>();
        services.AddSingleton<Annotation.ImportFormats>();
        services.AddOptions<Data.Uploads.UploadOptions>().BindConfiguration(Data.Uploads.UploadOptions.Section);
        services.AddSingleton<Data.Uploads.UploadStore>();
        services.AddSingleton<Data.Uploads.UploadInstaller>();
        services.AddSingleton<DiskUse>();
        services.AddSingleton<DataTrash>();
        services.AddSingleton<DataService>();
        services.AddSingleton<DeletedThings>();
        services.AddSingleton<ShippedThings>();
        services.AddSingleton<Catalog>();
        services.AddSingleton<ICatalog>(provider => provider.GetRequiredService<Catalog>());
        services.AddHostedService(provider => provider.GetRequiredService<Catalog>());
    }

    /// <summary>The music worker.</summary>
    public static void AddServing(this IServiceCollection services)
    {
        services.AddSingleton<ServeProcess>();
        services.AddSingleton<ServeSupervisor>();
        services.AddHostedService(provider => provider.GetRequiredService<ServeSupervisor>());
        services.AddSingleton<IServeClient, ServeClient>();
    }

    /// <summary>The queue of jobs and the runs they work on.</summary>
    public static void AddJobs(this IServiceCollection services)
    {
        services.AddOptions<ComputeOptions>().BindConfiguration(ComputeOptions.Section);
        services.AddSingleton<WorkerDevices>();
        services.AddSingleton<JobQueue>();
        services.AddSingleton<WorkerLauncher>();
        services.AddSingleton<MemoryCheck>();
        services.AddSingleton<RunRegistry>();
        services.AddSingleton<IRunRegistry>(provider => provider.GetRequiredService<RunRegistry>());
        services.AddSingleton<JobExecutor>();
        services.AddHostedService(provider => provider.GetRequiredService<JobExecutor>());
    }

    /// <summary>What browsers receive while a run works.</summary>
    public static void AddLive(this IServiceCollection services)
    {
        services.AddSignalR().AddJsonProtocol(options => JsonDefaults.AddEnums(options.PayloadSerializerOptions))
            .AddHubOptions<DashboardHub>(hub => hub.AddFilter<HubGuard>()).AddHubOptions<AudioHub>(hub => hub.AddFilter<HubGuard>());
        services.ConfigureHttpJsonOptions(options => JsonDefaults.AddEnums(options.SerializerOptions));
        services.AddSingleton<ProgressBus>();
        services.AddSingleton<HubListeners>();
        services.AddHostedService<RunWatcher>();
    }

    /// <summary>Planning runs and acting on them.</summary>
    public static void AddRuns(this IServiceCollection services)
    {
        services.AddSingleton<ActivationLibrary>();
        services.AddOptions<LadderOptions>().BindConfiguration(LadderOptions.Section).PostConfigure(options =>
        {
            if (options.Problem is { } problem) throw new UserException(problem);
        }).ValidateOnStart();
        services.AddSingleton<RunPlanner>();
        services.AddSingleton<SaeRuns>();
        services.AddSingleton<MeasuredDirections>();
        services.AddSingleton<Data.Importing.DatasetImports>();
        services.AddScoped<RunActions>();
        services.AddHostedService<LadderWatch>();
    }

    /// <summary>Features, their labels and their clips.</summary>
    public static void AddFeatures(this IServiceCollection services)
    {
        services.AddSingleton(provider => new WavCache(Path.Combine(provider.GetRequiredService<DataRoot>().Cache, "clips"), ClipCacheBytes));
        services.AddSingleton<ClipLibrary>();
        services.AddSingleton(provider => new SuggestionFolders(provider.GetRequiredService<DataRoot>().Suggestions));
        services.AddSingleton(provider => new LadderFolders(provider.GetRequiredService<DataRoot>().Ladders));
        services.AddSingleton<SuggestionWork>();
        services.AddHostedService(provider => provider.GetRequiredService<SuggestionWork>());
        services.AddSingleton<FeatureCatalog>();
        services.AddSingleton<FeatureLabels>();
        services.AddSingleton<CommentService>();
        services.AddSingleton<TeaserPicker>();
        services.AddSingleton<FeatureLists>();
        services.AddSingleton<LastSae>();
        services.AddScoped<FeatureListActions>();
    }

    /// <summary>Queues of features that people annotate.</summary>
    public static void AddAnnotation(this IServiceCollection services)
    {
        services.AddSingleton<ItemLeases>();
        services.AddSingleton<AnnotationService>();
        services.AddSingleton<LabelStudioItems>();
    }

    /// <summary>Labels by a language model.</summary>
    public static void AddModelLabels(this IServiceCollection services)
    {
        services.AddOptions<LabellingOptions>().BindConfiguration(LabellingOptions.Section).PostConfigure(options =>
        {
            if (options.Problem is { } problem) throw new UserException(problem);
        }).ValidateOnStart();
        services.AddSingleton(provider => new LanguageModel(provider.GetRequiredService<IOptions<LabellingOptions>>().Value));
        services.AddSingleton<LabelBatches>();
        services.AddSingleton<ModelSuggestions>();
        services.AddHostedService<LabelBatchRunner>();
    }

    /// <summary>What people and programs say of labels.</summary>
    public static void AddScores(this IServiceCollection services)
    {
        services.AddSingleton<ClipVoteRepository>();
        services.AddSingleton<PeopleVotes>();
        services.AddSingleton<ClapScoreFiles>();
        services.AddSingleton<LabelScores>();
    }

    /// <summary>Maps of features, and their voices.</summary>
    public static void AddAtlas(this IServiceCollection services)
    {
        services.AddSingleton<AtlasCatalog>();
        services.AddSingleton<VoiceLibrary>();
    }

    /// <summary>Takes and what people set up to make them.</summary>
    public static void AddStudio(this IServiceCollection services)
    {
        services.AddSingleton<TakeListener>();
        services.AddSingleton<LiveTraces>();
        services.AddHostedService(provider => provider.GetRequiredService<LiveTraces>());
        services.AddSingleton<LiveListeners>();
        services.AddSingleton<AbxSessions>();
        services.AddSingleton<TakeFolders>();
        services.AddHostedService(provider => provider.GetRequiredService<TakeFolders>());
        services.AddSingleton<TakeService>();
        services.AddSingleton<TakeSoundSources>();
        services.AddSingleton<TakeSheets>();
        services.AddSingleton<TakeComparison>();
        services.AddSingleton<SetUpInbox>();
        services.AddSingleton<Drafts>();
        services.AddScoped<StudioState>();
    }

    /// <summary>Presets.</summary>
    public static void AddPresets(this IServiceCollection services)
    {
        services.AddSingleton<PresetService>();
        services.AddSingleton<PresetSound>();
        services.AddSingleton<PresetMaker>();
        services.AddSingleton<PresetReplay>();
        services.AddSingleton<SteerViews>();
        services.AddSingleton<PresetTalkRepository>();
        services.AddSingleton<PresetLinkRepository>();
        services.AddSingleton<PresetTalk>();
        services.AddSingleton<PresetRemap>();
        services.AddSingleton<PresetPageFile>();
    }

    /// <summary>Search by sound, and previews.</summary>
    public static void AddListening(this IServiceCollection services)
    {
        services.AddOptions<ListeningOptions>().BindConfiguration(ListeningOptions.Section).PostConfigure(options =>
        {
            if (options.Problem is { } problem) throw new UserException(problem);
        }).ValidateOnStart();
        services.AddSingleton<ISoundReader>(provider => (ISoundReader)provider.GetRequiredService<IServeClient>());
        services.AddSingleton<ILiveWorker>(provider => (ILiveWorker)provider.GetRequiredService<IServeClient>());
        services.AddSingleton<TemporarySounds>();
        services.AddSingleton<PreviewTakes>();
        services.AddSingleton<SoundReadings>();
    }
}
