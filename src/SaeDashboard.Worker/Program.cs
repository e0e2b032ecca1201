using SaeDashboard.Worker.CommandLine;

return WorkerCommand.Run(args);
