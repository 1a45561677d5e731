"""For gunicorn in the source tree: `gunicorn --workers 4 wsgi:app`."""

from ledvei_pwa.wsgi import ready_app

app = ready_app()
